<?php
// A worker in PHP: it lives for many jobs, and looks for new settings before each, at most once a second.
//
//     composer require vwo/vwo-php-sdk          and the extension "redis"
//     REDIS_URL=redis://vwo-reader:PASSWORD@localhost:6379 VWO_ENVIRONMENT=prod php worker.php
//
// It answers each line "campaign user" of its input with the name of the user's variation, or "-".

require getenv('VWO_AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/published.php';

$published = new Published(getenv('VWO_ENVIRONMENT') ?: 'prod', getenv('REDIS_URL'));
while (($line = fgets(STDIN)) !== false) {
    [$campaign, $user] = explode(' ', trim($line));
    $instance = $published->instance(1.0);
    echo ($instance?->getVariationName($campaign, $user) ?: '-') . "\n";
}
