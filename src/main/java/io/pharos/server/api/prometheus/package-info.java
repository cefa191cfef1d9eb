/// Prometheus' API v1, federation, remote read and write, as thin resources.
@NullMarked
package io.pharos.server.api.prometheus;

import org.jspecify.annotations.NullMarked;
