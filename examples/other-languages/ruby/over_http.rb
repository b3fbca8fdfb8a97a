# The same without Redis, and without following: VWO's own request, to a hub.
require 'net/http'
require 'vwo'

account, key = ENV.values_at('VWO_ACCOUNT_ID', 'VWO_SDK_KEY')
response = Net::HTTP.get_response(URI("#{ENV.fetch('HUB_URL')}/server-side/settings?a=#{account}&i=#{key}"))
abort("status #{response.code}") unless response.is_a?(Net::HTTPOK)
instance = VWO.new(account, key, nil, nil, false, response.body)

puts instance.get_variation_name(ENV.fetch('CAMPAIGN'), ENV.fetch('USER_ID'))
