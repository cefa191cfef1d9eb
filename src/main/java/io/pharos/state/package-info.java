/// Facts that outlive a restart. [Store] implements the other rooms' stores with a log (`.log`) or
/// with tables (`.jdbc`).
@NullMarked
package io.pharos.state;

import org.jspecify.annotations.NullMarked;
