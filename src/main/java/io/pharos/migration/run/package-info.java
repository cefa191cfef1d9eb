/// Runs migrations on the backend's PostgreSQL by Flyway.
@NullMarked
package io.pharos.migration.run;

import org.jspecify.annotations.NullMarked;
