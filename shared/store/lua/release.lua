-- Give up a claim: the stream is due again at the given time.
-- KEYS  due, stream
-- ARGV  name, token, due at (ms), reason
-- reply 1 | 0 (the lease is another's)
if redis.call('HGET', KEYS[2], 'holder') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], 'holder', 'worker', 'lease_until')
redis.call('HSET', KEYS[2], 'error', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1
