/// The HTML pages under `/`.
@NullMarked
package io.pharos.server.web;

import org.jspecify.annotations.NullMarked;
