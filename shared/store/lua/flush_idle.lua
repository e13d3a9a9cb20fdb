-- Append a flush mark to streams that have unfinished events and had no push for a while.
-- KEYS  due, open
-- ARGV  now_ms, idle since (ms), streams allowed, key prefix of stream hashes, key prefix of blocks
-- reply {streams looked at, marks appended}
redis.call('ZREM', KEYS[1], '')  -- see claim.lua
local names = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local appended = 0
for _, name in ipairs(names) do
  local stream = ARGV[4] .. name
  local h = redis.pcall('HMGET', stream, 'head', 'cursor', 'marks')
  redis.call('ZREM', KEYS[2], name)
  if tonumber(h[1]) and tonumber(h[2]) and tonumber(h[2]) < tonumber(h[1]) and tonumber(h[3]) == 0 then
    redis.call('XADD', ARGV[5] .. name, h[1] .. '-1', 'f', 1)
    redis.call('HSET', stream, 'marks', 1)
    redis.call('ZADD', KEYS[1], 'NX', ARGV[1], name)
    appended = appended + 1
  end
end
return {#names, appended}
