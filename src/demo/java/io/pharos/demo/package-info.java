/// The demo backend simulates RemoteGPU: its API, metrics, GPU nodes and log lines. It generates
/// its own traffic (equal for equal seeds) and has a switch for faults. It is not part of the
/// shipped program.
@NullMarked
package io.pharos.demo;

import org.jspecify.annotations.NullMarked;
