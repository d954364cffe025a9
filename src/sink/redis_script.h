// What Redis does with a batch, in one step of its own (EVALSHA): nothing of it is seen by half, and the rows
// and the position behind them become durable together.
//
//   KEYS  the positions, the partition's events
//   ARGV  field of the position, position we last knew or "", position after the batch, identity of the
//   source
//         or "", whether identities must agree, topic, partition, events to keep (0: all); then for each row
//         or tombstone, in the order they came: offset, the customer's key, event time, record (a tombstone:
//         "")
//
// Offsets are decimal digits, longer than Lua's numbers are exact, and so compared as text. Event times are
// sixteen hexadecimal digits in the order of the times. An event's id in its stream is its offset: Redis
// itself takes no event twice.
#pragma once

namespace churnstream {

constexpr const char* kRedisWriteBatch = R"lua(
local function before(a, b) return #a < #b or (#a == #b and a < b) end

local field, known, after, identity, is_strict = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local topic, partition, events_max = ARGV[6], ARGV[7], ARGV[8]
local stored = redis.call('HGET', KEYS[1], field)
local position, stored_identity = '0', ''
if stored then position, stored_identity = string.match(stored, '^(%d+) ?(.*)$') end
if known ~= '' and before(position, known) then return redis.error_reply('LOST ' .. position) end
if is_strict and stored_identity ~= '' and identity ~= '' and stored_identity ~= identity then
  return redis.error_reply('ANEW ' .. topic)
end

-- Whether what the customer's key holds is of a later event than (time, topic, partition, offset).
local function holds_later(key, time, offset)
  local was = redis.call('HMGET', key, 'time', 'topic', 'partition', 'offset')
  if not was[1] then return false end
  if was[1] ~= time then return was[1] > time end
  if was[2] ~= topic then return was[2] > topic end
  if was[3] ~= partition then return before(partition, was[3]) end
  return before(offset, was[4])
end

for i = 9, #ARGV, 4 do
  local offset, key, time, record = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if not before(offset, position) then
    if record ~= '' and events_max == '0' then
      redis.call('XADD', KEYS[2], offset .. '-1', 'record', record)
    elseif record ~= '' then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', events_max, offset .. '-1', 'record', record)
    end
    if not holds_later(key, time, offset) then
      if record == '' then
        redis.call('DEL', key)
      else
        redis.call('HSET', key, 'record', record, 'time', time, 'topic', topic, 'partition', partition, 'offset', offset)
      end
    end
  end
end
if not before(after, position) then redis.call('HSET', KEYS[1], field, after .. ' ' .. identity) end
return 1
)lua";

}  // namespace churnstream
