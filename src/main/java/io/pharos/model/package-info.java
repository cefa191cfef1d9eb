/// The values everything else speaks of: label sets, matchers, durations, the staleness marker.
///
/// Nothing here knows of time, files or networks; every type is immutable.
@NullMarked
package io.pharos.model;

import org.jspecify.annotations.NullMarked;
