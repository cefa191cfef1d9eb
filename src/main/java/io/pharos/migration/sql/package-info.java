/// PostgreSQL's SQL as far as one must know it to tell statements apart: tokens and where
/// statements end, not what they mean.
@NullMarked
package io.pharos.migration.sql;

import org.jspecify.annotations.NullMarked;
