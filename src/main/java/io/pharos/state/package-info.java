/// Stores data that must survive a restart. [Store] implements the stores of other packages with a
/// log (`.log`) or with tables (`.jdbc`).
@NullMarked
package io.pharos.state;

import org.jspecify.annotations.NullMarked;
