/// Basic values: label sets, matchers, durations, the staleness marker. All types are immutable,
/// and nothing here depends on time, files or networks.
@NullMarked
package io.pharos.model;

import org.jspecify.annotations.NullMarked;
