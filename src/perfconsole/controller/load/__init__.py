"""What the load is meant to be: plans of VUs and rates, and what hands have made of them."""
