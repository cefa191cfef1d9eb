/// Gate policies: what a release must show before it may continue, and their parser.
@NullMarked
package io.pharos.gate.policy;

import org.jspecify.annotations.NullMarked;
