/// A stand-in for RemoteGPU, the backend that Pharos watches first: its health and API routes, its
/// `/metrics` behind a token, the metrics of its GPU nodes, its log lines, and a switch for faults.
///
/// It makes its own traffic, the same for the same seed, and knows nothing of the rest of Pharos.
@NullMarked
package io.pharos.demo;

import org.jspecify.annotations.NullMarked;
