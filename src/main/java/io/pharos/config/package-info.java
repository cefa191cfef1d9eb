/// The files that people edit, as records: [io.pharos.config.yaml] reads strictly, and a package
/// for each family of files says what may stand in them. Nothing here opens a connection or a
/// thread.
@NullMarked
package io.pharos.config;

import org.jspecify.annotations.NullMarked;
