/// `pharos migrate-backend`: runs migrations of the backend's database.
@NullMarked
package io.pharos.cli.migrate;

import org.jspecify.annotations.NullMarked;
