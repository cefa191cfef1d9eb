/// The HTTP surface for people: the pages under `/`.
@NullMarked
package io.pharos.web;

import org.jspecify.annotations.NullMarked;
