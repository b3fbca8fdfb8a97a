<?php
// The newest settings-file that a hub has published, as an instance of VWO's SDK.
//
// PHP has no thread that could wait for messages: it looks before it decides. One small read of Redis, and the file itself
// only where its revision is another one.

use vwo\VWO;

final class Published
{
    private ?Redis $redis = null;
    private ?VWO $instance = null;
    private string $revision = '';
    private float $lookedAt = 0;

    /** @param $url redis://user:password@host:port/database, with rediss:// for TLS; user and password percent-encoded. */
    public function __construct(private string $environment, private string $url)
    {
    }

    /** The last good instance; null while nothing is published. For a worker, at most every $seconds another look. */
    public function instance(float $seconds = 0): ?VWO
    {
        if (microtime(true) - $this->lookedAt >= $seconds) {
            $this->lookedAt = microtime(true);
            try {
                $this->look();
            } catch (RedisException $error) {
                $this->redis = null;
                error_log('Redis: ' . $error->getMessage());
            }
        }
        return $this->instance;
    }

    private function look(): void
    {
        if ($this->redis === null) {
            $this->redis = $this->connect();
        }
        // The braces are part of the names.
        $key = 'vwo:{' . $this->environment . '}';
        // Not HGET: the Redis users of apps have HMGET alone.
        $revision = $this->redis->hMGet("$key:meta", ['revision'])['revision'] ?? false;
        if ($revision === false) {
            error_log('nothing is published yet');
            return;
        }
        if ($revision === $this->revision) {
            return;
        }
        $text = $this->redis->get("$key:settings:$revision");
        // Objects stay objects, and 5.0 stays 5.0: the SDK asks for the type of a number.
        $settings = is_string($text) ? json_decode($text, true) : null;
        if ($settings === null) {
            return; // It has been replaced meanwhile: the next look finds the newer one.
        }
        $launched = new VWO(['settingsFile' => $settings]);
        if (!isset($launched->settings['campaigns'])) {
            error_log('the published settings-file cannot be used; the one before stays');
            return;
        }
        $this->instance = $launched;
        $this->revision = $revision;
        error_log('new settings');
    }

    private function connect(): Redis
    {
        // The extension takes no URL.
        $place = parse_url($this->url);
        $redis = new Redis();
        $host = ($place['scheme'] === 'rediss' ? 'tls://' : '') . $place['host'];
        $redis->connect($host, $place['port'] ?? 6379, 1.0, null, 0, 1.0);
        if (isset($place['pass'])) {
            $redis->auth([rawurldecode(($place['user'] ?? '') ?: 'default'), rawurldecode($place['pass'])]);
        }
        $database = (int) ltrim($place['path'] ?? '', '/');
        if ($database !== 0) {
            $redis->select($database);
        }
        return $redis;
    }
}
