/// The protocols of Prometheus' remote read and remote write, both ends.
@NullMarked
package io.pharos.remote;

import org.jspecify.annotations.NullMarked;
