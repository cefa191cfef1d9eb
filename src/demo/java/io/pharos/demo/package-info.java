/// The demo backend: a simulation of RemoteGPU with its API, metrics, GPU nodes and log lines, with
/// its own traffic (equal for equal seeds) and a switch for faults. Not part of the shipped
/// program.
@NullMarked
package io.pharos.demo;

import org.jspecify.annotations.NullMarked;
