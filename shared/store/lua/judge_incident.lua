-- A person says what an incident is. Its state, its analysis and its alerts stay as they are.
-- KEYS  incident
-- ARGV  category, note, now_ms, who
-- reply 1 | 0 (there is no such incident)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'people_category', ARGV[1], 'people_note', ARGV[2], 'people_ms', ARGV[3],
  'people_by', ARGV[4])
return 1
