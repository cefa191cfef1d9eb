/// The service: the only room that knows the framework, and the one that puts all others together.
@NullMarked
package io.pharos.server;

import org.jspecify.annotations.NullMarked;
