/// The pages of rules: the list with its health, and a page for each rule.
@NullMarked
package io.pharos.server.web.rule;

import org.jspecify.annotations.NullMarked;
