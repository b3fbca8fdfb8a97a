#!/bin/sh
# Makes the secrets that compose.yaml mounts, in the folder "secrets" beside this file; what is there already stays.
# The sdkKey and the authentication key of the webhook are VWO's: write them into the files that this names.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
# Nobody else comes through the folder; the users in the containers have other numbers than yours, and must read the files.
chmod 700 secrets
for name in redis-admin redis-hub redis-client redis-reader hub-admin-token; do
  [ -s "secrets/$name" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$name"
done
for name in vwo-sdk-key vwo-webhook-secrets; do
  [ -s "secrets/$name" ] || { : >"secrets/$name"; echo "Write it into $(pwd)/secrets/$name"; }
done
chmod 644 secrets/*
