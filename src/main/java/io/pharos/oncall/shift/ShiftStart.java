package io.pharos.oncall.shift;

import java.time.Instant;

/// Who has a rotation, and since when: the last change that was noticed. Immutable.
///
/// @param person empty for nobody
/// @param begin when the person's time on call began, by the schedule
/// @param previous who had the rotation before; empty for nobody
/// @param noticedAt when this was noticed
/// @param isNews whether the person is told
/// @param version increases with each change; 0 for the first one
public record ShiftStart(
    String rotation,
    String person,
    Instant begin,
    String previous,
    Instant noticedAt,
    boolean isNews,
    long version) {}
