/// Prometheus' HTTP API v1, federation, remote read and remote write.
@NullMarked
package io.pharos.server.api.prometheus;

import org.jspecify.annotations.NullMarked;
