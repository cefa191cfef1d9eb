/// The receiving end of Prometheus' Remote Write, versions 1.0 and 2.0: what a request says, and
/// what becomes of it.
///
/// [io.pharos.remote.write.WriteReceiver] is the way in; it knows no HTTP.
@NullMarked
package io.pharos.remote.write;

import org.jspecify.annotations.NullMarked;
