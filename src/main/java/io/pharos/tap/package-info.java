/// Measures each exchange that the proxy forwards: route, status, envelope code, ids, latency.
@NullMarked
package io.pharos.tap;

import org.jspecify.annotations.NullMarked;
