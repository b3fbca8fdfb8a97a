<?php
// A page under PHP-FPM: each request begins with nothing, so each reads what is published, once. Do not subscribe here.

require getenv('VWO_AUTOLOAD') ?: __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/published.php';

$published = new Published(getenv('VWO_ENVIRONMENT') ?: 'prod', getenv('REDIS_URL'));
$variation = $published->instance()?->getVariationName($_GET['campaign'] ?? '', $_GET['user'] ?? '') ?: '-';
header('Content-Type: text/plain');
echo $variation . "\n";
