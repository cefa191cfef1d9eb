/// The connections that come in: how many there may be, and how long each may keep Pharos waiting.
@NullMarked
package io.pharos.limits.connections;

import org.jspecify.annotations.NullMarked;
