/// The HTTP surface for machines: Prometheus' API v1, Alertmanager's API v2 and Pharos' own, as
/// thin JAX-RS resources over the services of the other packages.
@NullMarked
package io.pharos.server.api;

import org.jspecify.annotations.NullMarked;
