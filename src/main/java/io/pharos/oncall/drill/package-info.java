/// Fire drills: rehearsals of policies, with the people they told and who acknowledged how fast.
@NullMarked
package io.pharos.oncall.drill;

import org.jspecify.annotations.NullMarked;
