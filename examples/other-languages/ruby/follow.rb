# An app in Ruby that decides with the newest settings-file that a hub has published.
#
#     gem install vwo-sdk redis
#     REDIS_URL=redis://vwo-reader:PASSWORD@localhost:6379 VWO_ENVIRONMENT=prod VWO_ACCOUNT_ID=… VWO_SDK_KEY=… ruby follow.rb
#
# It answers each line "campaign user" of its input with the name of the user's variation, or "-".
require 'redis'
require 'vwo'

ENVIRONMENT = ENV.fetch('VWO_ENVIRONMENT', 'prod')
# The braces are part of the names.
META = "vwo:{#{ENVIRONMENT}}:meta".freeze
SETTINGS = "vwo:{#{ENVIRONMENT}}:settings".freeze
UPDATES = "vwo:{#{ENVIRONMENT}}:updates".freeze

$stdout.sync = true
# Read by every request, replaced as a whole.
$current = nil
$current_revision = nil

# Launches what is published, where it is another one. The last good instance stays where it cannot be used.
def read(connection)
  # Not HGET: the Redis users of apps have HMGET alone.
  revision = connection.hmget(META, 'revision').first
  return warn('nothing is published yet') if revision.nil?
  return if revision == $current_revision

  text = connection.get(SETTINGS)
  # Without a text this SDK would ask VWO by itself, past what an operator has pinned.
  return if text.nil?

  launched = VWO.new(ENV.fetch('VWO_ACCOUNT_ID'), ENV.fetch('VWO_SDK_KEY'), nil, nil, false, text)
  return warn('the published settings-file cannot be used; the one before stays') unless launched.is_instance_valid

  $current = launched
  $current_revision = revision
  warn('new settings')
end

# Subscribes first and then reads, so that no change is lost in between; for ever, whatever happens to Redis.
def follow
  loop do
    reader = Redis.new(url: ENV.fetch('REDIS_URL'), timeout: 5)
    # Ends after 5 s without a message, and then begins anew: a connection that is only half there brings none.
    Redis.new(url: ENV.fetch('REDIS_URL'), timeout: 5, reconnect_attempts: 0).subscribe_with_timeout(5, UPDATES) do |on|
      on.subscribe { read(reader) }
      on.message { read(reader) }
    end
  rescue Redis::TimeoutError
    next
  rescue StandardError => e
    warn("Redis: #{e.message}")
    sleep 1
  end
end

Thread.new { follow }

$stdin.each_line do |line|
  campaign, user = line.split
  puts($current&.get_variation_name(campaign, user) || '-')
end
