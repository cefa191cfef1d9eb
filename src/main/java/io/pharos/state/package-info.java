/// Facts that outlive a restart. [Store] is the entry: it puts a log (`.log`) or tables (`.jdbc`)
/// behind the ports of those who have the facts.
@NullMarked
package io.pharos.state;

import org.jspecify.annotations.NullMarked;
