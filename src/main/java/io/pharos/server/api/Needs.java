package io.pharos.server.api;

import io.pharos.access.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Names the scope that a method needs. A method without this annotation and without [Exempt] needs
/// `read` if it is a GET, otherwise `admin`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
  /// The required scope.
  Scope value();
}
