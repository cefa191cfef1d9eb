/// Trouble of this process' own: telling it from that of whoever is asked, and what can't be known
/// meanwhile.
@NullMarked
package io.pharos.trouble;

import org.jspecify.annotations.NullMarked;
