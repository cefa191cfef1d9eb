/// The composition root: reads the flags, builds, starts and stops every part, and implements the
/// interfaces that need Quarkus. No other package may use this package.
@NullMarked
package io.pharos.server.app;

import org.jspecify.annotations.NullMarked;
