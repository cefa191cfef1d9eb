/// The composition root: it reads the flags, builds every part, wires them, starts and stops them,
/// and implements the ports that need Quarkus (scheduler, mailer). Nobody imports it.
@NullMarked
package io.pharos.server.app;

import org.jspecify.annotations.NullMarked;
