#!/bin/sh
# Starts Redis with the users of deploy/redis-users.acl, with their passwords from secrets, and keeps its data.
set -eu
secrets="${SECRETS:-/run/secrets}"
users="${USERS_FILE:-/tmp/users.acl}"
password() { cat "$secrets/redis-$1"; }
{
  echo "user admin on >$(password admin) ~* &* +@all"
  echo 'user default off'
  sed -e "s/CHANGE-ME-HUB/$(password hub)/" -e "s/CHANGE-ME-CLIENT/$(password client)/" \
    -e "s/CHANGE-ME-READER/$(password reader)/" "${ACL_FILE:-/etc/redis-users.acl}"
} >"$users"
# What all connections together hold of what nobody reads: each of them may ask for more than there is memory.
exec redis-server --dir "${DATA:-/data}" --appendonly yes --aclfile "$users" --maxmemory-policy noeviction \
  --maxmemory-clients 512mb "$@"
