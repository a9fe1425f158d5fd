"""What is known and cited: disciplines and sources. Shipped rows are immutable; a hospital's own stand beside them."""
