/// What an instrumenting proxy in front of a backend sees of each exchange: its route, the code of
/// its envelope, its ids, and the metrics of all of them. The proxy itself is `tap.proxy`.
@NullMarked
package io.pharos.tap;

import org.jspecify.annotations.NullMarked;
