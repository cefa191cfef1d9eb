/// Incoming connections: how many are allowed, and how long each may keep Pharos waiting.
@NullMarked
package io.pharos.limits.connections;

import org.jspecify.annotations.NullMarked;
