<?php
// The same without Redis, and without following: VWO's own request, to a hub.

require getenv('VWO_AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';

$url = getenv('HUB_URL') . '/server-side/settings?a=' . getenv('VWO_ACCOUNT_ID') . '&i=' . getenv('VWO_SDK_KEY');
$text = file_get_contents($url, false, stream_context_create(['http' => ['timeout' => 5]]));
$instance = new vwo\VWO(['settingsFile' => json_decode($text, true, 512, JSON_THROW_ON_ERROR)]);

echo $instance->getVariationName(getenv('CAMPAIGN'), getenv('USER_ID')) . "\n";
