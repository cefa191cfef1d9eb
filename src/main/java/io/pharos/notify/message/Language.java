package io.pharos.notify.message;

/// A language that messages are written in.
public enum Language {
  ENGLISH
}
