/// The files that people edit, as records. [io.pharos.config.yaml] is the strict reader; each other
/// package defines one family of files. Nothing here opens a connection.
@NullMarked
package io.pharos.config;

import org.jspecify.annotations.NullMarked;
