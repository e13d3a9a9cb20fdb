-- Lease flags that wait for the analyzer, the one that has waited longest first.
-- KEYS  flags:due, flags:attempts
-- ARGV  now_ms, lease until (ms), flags allowed, key prefix of flags
-- reply for each flag {window id, attempts, JSON}; a flag whose text is gone is dropped here
redis.call('ZREM', KEYS[1], '')  -- a first write that a full Redis 6.2 allows, and after which it allows the others
local claimed = {}
for _, window_id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local json = redis.call('GET', ARGV[4] .. window_id)
  if json then
    redis.call('ZADD', KEYS[1], ARGV[2], window_id)
    claimed[#claimed + 1] = {window_id, redis.call('HINCRBY', KEYS[2], window_id, 1), json}
  else
    redis.call('ZREM', KEYS[1], window_id)
    redis.call('HDEL', KEYS[2], window_id)
  end
end
return claimed
