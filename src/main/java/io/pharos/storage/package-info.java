/// The ports between those who write samples and those who read them.
///
/// A reader selects series as references with labels and a generation, then reads windows in bulk
/// into primitive arrays; a writer appends batches and commits them. Implementations live elsewhere
/// (`tsdb`).
@NullMarked
package io.pharos.storage;

import org.jspecify.annotations.NullMarked;
