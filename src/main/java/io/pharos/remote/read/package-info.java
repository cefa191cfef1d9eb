/// The answering end of Prometheus' Remote Read: raw samples for another server's queries.
///
/// [io.pharos.remote.read.ReadService] is the way in; it knows no HTTP.
@NullMarked
package io.pharos.remote.read;

import org.jspecify.annotations.NullMarked;
