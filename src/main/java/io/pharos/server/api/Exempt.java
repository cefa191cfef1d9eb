package io.pharos.server.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a method that needs no scope; the value says why.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Exempt {
  /// The reason.
  Exemption value();
}
