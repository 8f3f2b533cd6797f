//! The program as text, for `sdec emit --stage hir`.
