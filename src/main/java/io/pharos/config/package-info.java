/// The files that people edit, as records. [io.pharos.config.yaml] reads YAML strictly. The other
/// packages define the files, and options that several files have. No code here opens a connection.
@NullMarked
package io.pharos.config;

import org.jspecify.annotations.NullMarked;
