/// The receiving end of Prometheus' Remote Write, versions 1.0 and 2.0, and a sender of version
/// 1.0.
///
/// [io.pharos.remote.write.WriteReceiver] is the entry point; it is independent of HTTP.
@NullMarked
package io.pharos.remote.write;

import org.jspecify.annotations.NullMarked;
