"""The same without Redis, and without following: VWO's own request, to a hub."""
import os
import urllib.request

import vwo

url = f"{os.environ['HUB_URL']}/server-side/settings?a={os.environ['VWO_ACCOUNT_ID']}&i={os.environ['VWO_SDK_KEY']}"
instance = vwo.launch(urllib.request.urlopen(url, timeout=5).read().decode())

print(instance.get_variation_name(os.environ["CAMPAIGN"], os.environ["USER_ID"]) or "-")
