/// The tap: a reverse proxy in front of the backend that counts what goes by and changes nothing
/// but the headers that say whose request it is (docs/tap.md).
@NullMarked
package io.pharos.tap.proxy;

import org.jspecify.annotations.NullMarked;
