/// The composition root: reads the flags, builds, starts and stops every part, and implements the
/// ports that need Quarkus. No other room may use it.
@NullMarked
package io.pharos.server.app;

import org.jspecify.annotations.NullMarked;
