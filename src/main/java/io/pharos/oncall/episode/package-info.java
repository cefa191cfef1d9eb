/// Episodes: alert groups from their first notification to their end, under one number, with their
/// timeline and their acknowledgement.
@NullMarked
package io.pharos.oncall.episode;

import org.jspecify.annotations.NullMarked;
